import { SimpleGrid, Text } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import { use } from 'react';
import type { Approval } from '../../../client/index.ts';
import { useResource } from '../api.ts';
import { ActionButton, REASON } from '../parts/action-button.tsx';
import { CopyAs, quoted } from '../parts/copy-as.tsx';
import { Fact, Facts } from '../parts/facts.tsx';
import { Moments } from '../parts/moments.tsx';
import { Loaded, Page, Panel } from '../parts/page.tsx';
import { Status, toneOf } from '../parts/status.tsx';
import { Ago, Time } from '../parts/time.tsx';
import { To } from '../parts/to.tsx';
import { SessionContext, useCan } from '../session.ts';
import { AskedPayments, AskedTotals, totalsOf } from './approval/asked.tsx';
import { Change } from './approval/change.tsx';
import { isUpload, titleOf } from './approval/title.ts';
import { approvalsSoFar } from './approvals.tsx';

const route = getRouteApi('/approvals/$approvalId');

export function ApprovalScreen() {
  const { approvalId } = route.useParams();
  const input = { params: { approval_id: approvalId } };
  const query = useResource('getApproval', input, {
    every: (approval) => (approval?.status === 'waiting' ? 3_000 : 30_000),
  });
  const approval = query.data;
  return (
    <Page
      title={approval ? titleOf(approval) : approvalId}
      aside={approval && <Status of={approval.status} />}
      actions={
        <>
          {approval && <Decide approval={approval} />}
          <CopyAs command={`approvals show ${approvalId}`} operation="getApproval" input={input} />
        </>
      }
    >
      <Loaded query={query}>{(approval) => <Details approval={approval} />}</Loaded>
    </Page>
  );
}

/** Why the user cannot decide, or undefined. The service decides; this only leaves out what it would refuse. */
function useObstacle({ maker, decisions, asked, kind }: Approval): string | undefined {
  const session = use(SessionContext);
  const person = session?.key.person;
  if (maker.person === person) return 'You have asked for this, so another person has to decide.';
  const holder = kind === 'key' ? (asked.change as { key?: { person?: string } } | null)?.key?.person : undefined;
  if (holder === person) return 'The key is yours, so another person has to decide.';
  const own = decisions.find((decision) => decision.person === person);
  return own && 'You have approved this. Another person has to approve it, too.';
}

function Decide({ approval }: { approval: Approval }) {
  const obstacle = useObstacle(approval);
  if (approval.status !== 'waiting' || obstacle !== undefined) return null;
  const { approval_id, digest, asked } = approval;
  const named = { params: { approval_id } };
  return (
    <>
      <ActionButton
        label="Approve"
        scope="payouts:approve"
        operation="approve"
        asks={REASON}
        confirms={totalsOf(asked)}
        input={(reason) => ({ ...named, body: { reason, digest } })}
        command={(reason) => `approvals approve ${approval_id} --reason ${quoted(reason)} --digest ${digest}`}
        isPrimary
      >
        {titleOf(approval)}. Your decision, your name and the reason are kept. It cannot be taken back.
      </ActionButton>
      <ActionButton
        label="Reject"
        scope="payouts:approve"
        operation="reject"
        asks={REASON}
        input={(reason) => ({ ...named, body: { reason } })}
        command={(reason) => `approvals reject ${approval_id} --reason ${quoted(reason)}`}
        isFinal
      >
        One rejection ends it for good. {titleOf(approval)}: this will not happen.
      </ActionButton>
    </>
  );
}

function Details({ approval }: { approval: Approval }) {
  const { asked } = approval;
  const obstacle = useObstacle(approval);
  return (
    <>
      {approval.status === 'waiting' && obstacle && <Text role="note">{obstacle}</Text>}
      <SimpleGrid cols={{ base: 1, md: 2 }} spacing="md">
        <Panel title="Asked for">
          <Request approval={approval} />
        </Panel>
        <Panel title="Decisions">
          <Decisions approval={approval} />
        </Panel>
      </SimpleGrid>
      <Change {...approval} />
      {asked.payment_count > 0 && <AskedPayments asked={asked} />}
    </>
  );
}

function Request({ approval }: { approval: Approval }) {
  const { kind, subject_id: subject, asked, maker, status, lapses_at, ended_at } = approval;
  const canRead = useCan()('payouts:read');
  return (
    <Facts>
      {asked.payment_count > 0 && (
        <Fact name="Amount">
          <strong>
            <AskedTotals of={asked} />
          </strong>
        </Fact>
      )}
      <Fact name="By">
        {maker.person} <span className="id">{maker.key_id}</span>
      </Fact>
      <Fact name="At">
        <Time at={approval.created_at} />
      </Fact>
      <Fact name={status === 'waiting' ? 'Lapses' : 'Ended'}>
        {status === 'waiting' ? <Ago at={lapses_at} /> : <Time at={ended_at} />}
      </Fact>
      <Fact name="Of">
        {kind === 'batch' && canRead ? (
          <To path={isUpload(subject) ? `/uploads/${subject}` : `/batches/${subject}`} className="id">
            {subject}
          </To>
        ) : (
          <span className="id">{subject}</span>
        )}
      </Fact>
      <Fact name="Rules">
        {kind === 'key' || kind === 'policy'
          ? 'Changes of keys and rules need another person without a rule.'
          : `Version ${approval.policy_version} of the rules asks for it.`}
      </Fact>
    </Facts>
  );
}

function Decisions({ approval }: { approval: Approval }) {
  const { decisions, approvers_needed: needed } = approval;
  return (
    <>
      <Text size="sm" mb="sm">
        Approved by {approvalsSoFar(approval)} of {needed} {needed === 1 ? 'person' : 'persons'}.
      </Text>
      <Moments
        label="Decisions"
        moments={[
          { at: approval.created_at, title: `${approval.maker.person} asked` },
          ...decisions.map(({ at, person, decision, reason }) => ({
            at,
            title: `${person} ${decision === 'approve' ? 'approved' : 'rejected'}`,
            detail: reason,
            tone: toneOf(decision === 'approve' ? 'approved' : 'rejected'),
          })),
        ]}
      />
    </>
  );
}
