import { NativeSelect } from '@mantine/core';
import { nameOf } from './status.tsx';

const ALL = 'all';

type Props<Status extends string> = {
  readonly statuses: readonly Status[];
  /** Undefined: all. */
  readonly chosen: Status | undefined;
  /** @param status of the URL */
  readonly choose: (status: string) => void;
};

/** The status among these that the URL has; undefined for all. */
export const statusIn = <Status extends string>(statuses: readonly Status[], given: string | undefined) =>
  statuses.find((each) => each === given);

/** Shows only what has one status. */
export const StatusFilter = <Status extends string>({ statuses, chosen, choose }: Props<Status>) => (
  <NativeSelect
    size="xs"
    aria-label="Status"
    data={[...statuses, ALL].map((value) => ({ value, label: nameOf(value) }))}
    value={chosen ?? ALL}
    onChange={({ currentTarget }) => choose(currentTarget.value)}
  />
);
