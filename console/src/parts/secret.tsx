import { Button, Code, Text } from '@mantine/core';
import { copy } from './copy-as.tsx';

/** A secret that the service shows once. It is not shown when the answer to the first attempt was lost. */
export function Secret({ secret }: { secret: string | undefined }) {
  if (secret === undefined) {
    return <Text>It is done, but the answer with the secret was lost. Rotate it to get another one.</Text>;
  }
  return (
    <>
      <Text size="sm">This is the only time that the secret is shown. Store it now.</Text>
      <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
        {secret}
      </Code>
      <Button size="xs" variant="default" onClick={() => copy(secret, 'the secret')}>
        Copy the secret
      </Button>
    </>
  );
}
