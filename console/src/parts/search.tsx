import { Loader, Text, TextInput, UnstyledButton } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type KeyboardEvent, useEffect, useState } from 'react';
import { useCan } from '../session.ts';
import { Dialog } from './dialog.tsx';
import { FINDERS, type Found } from './finders.ts';

/** Ctrl-K or Cmd-K opens it. */
export function useSearch() {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.key !== 'k') return;
      event.preventDefault();
      setOpen(true);
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  return { isOpen, open: () => setOpen(true), close: () => setOpen(false) };
}

/** What has this id, of everything that the user's key may read. */
function useFound(id: string) {
  const can = useCan();
  return useQuery({
    queryKey: ['search', id],
    queryFn: async ({ signal }): Promise<Found[]> => {
      const finders = FINDERS.filter(({ scope, matches }) => can(scope) && matches.test(id));
      const found = await Promise.allSettled(finders.map(({ find }) => find(id, signal)));
      return found.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
    },
    enabled: id !== '',
  });
}

export function Search({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('');
  const [selected, setSelected] = useState(0);
  const [id] = useDebouncedValue(text.trim(), 200);
  const { data: found = [], isFetching } = useFound(id);
  const navigate = useNavigate();

  const go = (target: Found | undefined) => {
    if (!target) return;
    onClose();
    navigate({ to: target.to as '/', search: target.search as never });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && found.length > 0) {
      event.preventDefault();
      setSelected((selected + step + found.length) % found.length);
    }
    if (event.key === 'Enter' && id === text.trim()) go(found[selected]);
  };
  const isSettled = id !== '' && !isFetching && id === text.trim();
  return (
    <Dialog onClose={onClose} title="Search" size="lg">
      <TextInput
        data-autofocus
        label="Id"
        description="Of anything that a screen shows, or your own id of a payout or a transaction"
        value={text}
        onChange={({ currentTarget }) => {
          setText(currentTarget.value);
          setSelected(0);
        }}
        onKeyDown={onKeyDown}
        role="combobox"
        aria-expanded={found.length > 0}
        aria-controls="found"
        aria-activedescendant={found.length > 0 ? `found-${selected}` : undefined}
        rightSection={isFetching && <Loader role="status" aria-label="Searching" size="xs" />}
      />
      <div role="status">
        {isSettled && found.length === 0 && (
          <Text size="sm" mt="sm">
            Nothing that your key may read has this id.
          </Text>
        )}
      </div>
      <div id="found" role="listbox" aria-label="Found">
        {found.map((target, index) => (
          <UnstyledButton
            key={target.to}
            id={`found-${index}`}
            role="option"
            aria-selected={index === selected}
            tabIndex={-1}
            onClick={() => go(target)}
            display="block"
            w="100%"
            p="xs"
            bg={index === selected ? 'var(--mantine-primary-color-light)' : undefined}
          >
            <Text size="sm" c="dimmed" span>
              {target.kind}
            </Text>{' '}
            <span className="id">{target.id}</span>
          </UnstyledButton>
        ))}
      </div>
    </Dialog>
  );
}
