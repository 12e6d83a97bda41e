import { Group, Text } from '@mantine/core';
import type { Approval, KeyWithUse } from '../../../../client/index.ts';
import { ActionButton } from '../../parts/action-button.tsx';
import { quoted } from '../../parts/copy-as.tsx';
import { FormButton } from '../../parts/form-button.tsx';
import { Secret } from '../../parts/secret.tsx';
import { To } from '../../parts/to.tsx';
import { optionsOf, settingFields, settingsOf } from './settings.ts';

const DAY_SECONDS = 86_400;

export const NewKey = () => (
  <FormButton
    label="New key"
    scope="admin"
    operation="createKey"
    fields={[
      { name: 'person', label: 'Person', description: 'Who uses it, such as an e-mail address; it never changes' },
      ...settingFields(),
    ]}
    input={({ person = '', ...values }) => ({ body: { person, ...settingsOf(values) } })}
    command={({ person = '', ...values }) => `keys create --person ${quoted(person)} ${optionsOf(settingsOf(values))}`}
    shows={({ secret }) => <Secret secret={secret} />}
    isPrimary
  >
    A key with admin, payouts:approve or operations waits for another person, if there is one who can approve.
  </FormButton>
);

/** What may be done with a key. */
export function KeyActions({ of: key }: { of: KeyWithUse }) {
  const { key_id, name, status } = key;
  if (status === 'revoked' || status === 'expired') return null;
  const named = { params: { key_id } };
  return (
    <Group gap="xs" className="actions">
      {status === 'active' && <ChangeKey of={key} />}
      <FormButton
        label="Rotate"
        scope="admin"
        operation="rotateKey"
        fields={[
          {
            name: 'overlap',
            label: 'Seconds for which the old secrets are valid',
            description: 'At most 30 days; 0 if one has leaked',
            type: 'number',
            initial: `${DAY_SECONDS}`,
          },
        ]}
        input={({ overlap }) => ({ ...named, body: { overlap_seconds: Number(overlap) } })}
        command={({ overlap }) => `keys rotate ${key_id} --overlap ${overlap}s`}
        shows={({ secret }) => <Secret secret={secret} />}
      >
        Makes a new secret for the key {name}.
      </FormButton>
      <ActionButton
        label="Revoke"
        scope="admin"
        operation="revokeKey"
        input={() => named}
        command={() => `keys revoke ${key_id}`}
        isFinal
      >
        The key {name} is refused everywhere within 60 s, for ever.
      </ActionButton>
    </Group>
  );
}

const ChangeKey = ({ of: key }: { of: KeyWithUse }) => (
  <FormButton
    label="Change"
    scope="admin"
    operation="changeKey"
    fields={settingFields(key)}
    input={(values) => ({ params: { key_id: key.key_id }, body: settingsOf(values, key) })}
    command={(values) => {
      const settings = settingsOf(values, key);
      const expiry = settings.expires_at ? '' : ' --no-expires';
      return `keys change ${key.key_id} --no-limits ${optionsOf(settings)}${expiry}`;
    }}
    shows={(answer) => <Outcome of={answer} within="60 s" />}
  >
    Replaces all of it. What gives the key of {key.person} more power waits for another person, if there is one who can
    approve.
  </FormButton>
);

/** What became of a change: it holds, or another person has to approve it. */
export const Outcome = ({ of: answer, within }: { of: object | Approval; within: string }) =>
  'digest' in answer ? (
    <Text>
      Another person has to approve it: <To path={`/approvals/${answer.approval_id}`}>the approval</To>.
    </Text>
  ) : (
    <Text>It holds within {within}.</Text>
  );
