import { Button, Group, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { ApprovalPolicy } from '../../../client/index.ts';
import { useResource } from '../api.ts';
import { CopyAs } from '../parts/copy-as.tsx';
import { FormButton } from '../parts/form-button.tsx';
import { Loaded, Page, Panel } from '../parts/page.tsx';
import { Differences, linesOfRules } from './approval/differences.tsx';
import { Outcome } from './keys/actions.tsx';
import { type Draft, draftOf, isValid, NEW_RULE, ruleOf, shownOf } from './rules/draft.ts';
import { RuleFields } from './rules/rule-fields.tsx';

/** Changes what other persons have to approve. */
export function Rules() {
  const query = useResource('getApprovalPolicy', {}, { every: 10_000 });
  return (
    <Page title="Approval rules" actions={<CopyAs command="rules get" operation="getApprovalPolicy" input={{}} />}>
      <Loaded query={query}>{(policy) => <Editor policy={policy} />}</Loaded>
    </Page>
  );
}

/** @param policy as it is now; the draft begins with what it was when the screen was opened */
function Editor({ policy }: { policy: ApprovalPolicy }) {
  const [begunWith, setBegunWith] = useState(policy);
  const [drafts, setDrafts] = useState<readonly Draft[]>(() => policy.rules.map(draftOf));
  const begin = () => {
    setBegunWith(policy);
    setDrafts(policy.rules.map(draftOf));
  };
  const change = (at: number, next: Draft) => setDrafts(drafts.map((each, index) => (index === at ? next : each)));
  return (
    <>
      {policy.version !== begunWith.version && (
        <Group role="alert">
          <Text>{policy.changed_by} has changed the rules since you began.</Text>
          <Button size="xs" variant="default" onClick={begin}>
            Begin again with them
          </Button>
        </Group>
      )}
      <Stack gap="md">
        {drafts.map((draft, index) => (
          <RuleFields
            key={draft.key}
            name={`Rule ${index + 1}`}
            draft={draft}
            onChange={(next) => change(index, next)}
            onRemove={() => setDrafts(drafts.filter(({ key }) => key !== draft.key))}
          />
        ))}
      </Stack>
      <Group>
        <Button variant="default" onClick={() => setDrafts([...drafts, NEW_RULE()])}>
          Add a rule
        </Button>
        {drafts.length === 0 && <Text size="sm">Without rules, payments need no other person.</Text>}
      </Group>
      <Changes policy={policy} drafts={drafts} />
    </>
  );
}

function Changes({ policy, drafts }: { policy: ApprovalPolicy; drafts: readonly Draft[] }) {
  if (!drafts.every(isValid)) return <Text role="status">An amount is not valid.</Text>;
  const before = linesOfRules(policy.rules);
  const after = linesOfRules(drafts.map(shownOf));
  const isSame = JSON.stringify(before) === JSON.stringify(after);
  return (
    <Panel title="What changes">
      {isSame ? (
        <Text>Nothing yet.</Text>
      ) : (
        <Stack gap="md">
          <Differences before={before} after={after} />
          <Group>
            <FormButton
              label="Replace the rules"
              scope="admin"
              operation="setApprovalPolicy"
              fields={[]}
              input={() => ({ body: { rules: drafts.map(ruleOf) } })}
              shows={(answer) => <Outcome of={answer} within="10 s" />}
              isPrimary
            >
              The new rules are for requests from ten seconds later. If there is another person who can approve, they
              wait for that person.
            </FormButton>
          </Group>
        </Stack>
      )}
    </Panel>
  );
}
