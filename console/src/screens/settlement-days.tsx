import { Button, Group, TextInput } from '@mantine/core';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import type { FormEvent } from 'react';
import { daysAgo } from '../days.ts';
import { CopyAs, quoted } from '../parts/copy-as.tsx';
import { Page, Panel } from '../parts/page.tsx';
import { type Range, Settlements, settlementsInput } from './settlement/settlements.tsx';

const route = getRouteApi('/settlement/days');
/** The last 30 days, without another range in the URL. */
const USUAL_DAYS = 30;

/** What is settled, by day: of one merchant, or of all. */
export function SettlementDays() {
  const { merchant, from = daysAgo(USUAL_DAYS), to = daysAgo(0), cursor } = route.useSearch();
  const range = { merchant, from, to };
  const ofMerchant = merchant ? ` --merchant ${quoted(merchant)}` : '';
  return (
    <Page
      title={merchant ? `Merchant ${merchant}` : 'Merchants and days'}
      actions={
        <CopyAs
          command={`settle days --from ${from} --to ${to}${ofMerchant}`}
          operation="listSettlements"
          input={settlementsInput(range)}
        />
      }
    >
      <Filters key={`${merchant} ${from} ${to}`} range={range} />
      <Panel title="Settlements">
        <Settlements range={range} cursor={cursor} every={30_000} />
      </Panel>
    </Page>
  );
}

function Filters({ range: { merchant, from, to } }: { range: Range }) {
  const navigate = useNavigate();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(event.currentTarget)) as Record<'merchant' | 'from' | 'to', string>;
    navigate({ to: '/settlement/days', search: { ...given, merchant: given.merchant.trim() || undefined } });
  };
  return (
    <form onSubmit={submit}>
      <Group align="end" gap="sm">
        <TextInput name="merchant" label="Merchant" placeholder="all" defaultValue={merchant} />
        <TextInput name="from" label="From, in UTC" type="date" defaultValue={from} required />
        <TextInput name="to" label="To, included" type="date" defaultValue={to} required />
        <Button type="submit" variant="default">
          Show
        </Button>
      </Group>
    </form>
  );
}
