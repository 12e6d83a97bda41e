import { Button, Group, TextInput } from '@mantine/core';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { asUtc, localTime, TO_MILLISECOND } from '../../parts/local-time.ts';

const route = getRouteApi('/wallets/$userId');

/** The time of the balance. It is in the URL. */
export function AsOf() {
  const { userId } = route.useParams();
  const search = route.useSearch();
  const navigate = useNavigate();
  const [at, setAt] = useState(localTime(search.as_of, TO_MILLISECOND));
  const show = (local: string) => {
    const { as_of: _, ...others } = search;
    const utc = asUtc(local);
    return navigate({
      to: '/wallets/$userId',
      params: { userId },
      search: utc === '' ? others : { ...others, as_of: utc },
      resetScroll: false,
    });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    return show(at);
  };
  return (
    <form onSubmit={submit}>
      <Group gap="xs">
        <TextInput
          size="xs"
          type="datetime-local"
          step={0.001}
          aria-label="As of, in your time zone"
          value={at}
          onChange={({ currentTarget }) => setAt(currentTarget.value)}
        />
        <Button size="xs" variant="default" type="submit">
          Show as of
        </Button>
        {search.as_of && (
          <Button size="xs" variant="default" onClick={() => show('')}>
            Now
          </Button>
        )}
      </Group>
    </form>
  );
}
