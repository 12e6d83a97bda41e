/** The stage of `npm start` and of emulators. Each other one is closed by default: see `problemsOfStage`. */
export const LOCAL_STAGE = 'local';

/** Where money goes, and the variable of a deployment that sets it. No stage on AWS has a default for them. */
const RAIL_URLS = {
  BANK_URL: 'SLUICE_BANK_URL',
  GATEWAY_URL: 'SLUICE_GATEWAY_URL',
  CHAIN_URL: 'SLUICE_CHAIN_URL',
} as const;

/** The credentials for rails. That a rail asks for none must be said: `none`. */
const RAIL_SECRETS = ['BANK_SECRET', 'GATEWAY_SECRET', 'CHAIN_SECRET'] as const;

/** Settings of a laptop, the variable of a deployment that sets each, and the value that every other stage must have. */
const ON_A_LAPTOP = [
  {
    setting: 'WEBHOOKS_ALLOW_LOCAL',
    variable: 'WEBHOOKS_ALLOW_LOCAL',
    isSafe: (value: string) => ['', 'false'].includes(value),
  },
  { setting: 'AUDIT_KEY_FILE', variable: 'SLUICE_AUDIT_KEY_FILE', isSafe: (value: string) => value === '' },
  {
    setting: 'KEY_ENCRYPTION_KEY',
    variable: 'SLUICE_KEY_ENCRYPTION_KEY',
    isSafe: (value: string) => !value.startsWith('file:'),
  },
] as const;

export type StageProblem = { readonly setting: string; readonly variable: string; readonly message: string };

/** What a stage other than `local` lacks, or must not have. */
export function problemsOfStage(stage: string, settings: Readonly<Record<string, unknown>>): StageProblem[] {
  if (stage === LOCAL_STAGE) return [];
  const rails = Object.entries(RAIL_URLS).flatMap(([setting, variable]) => {
    const message = problemOfUrl(settings[setting]);
    return message === undefined ? [] : [{ setting, variable, message }];
  });
  const secrets = RAIL_SECRETS.flatMap((setting) => {
    const message = problemOfSecret(settings[setting]);
    return message === undefined ? [] : [{ setting, variable: setting, message }];
  });
  const laptop = ON_A_LAPTOP.filter(({ setting, isSafe }) => !isSafe(String(settings[setting] ?? '')));
  const message = `is for the stage ${LOCAL_STAGE} only`;
  return [...rails, ...secrets, ...laptop.map(({ setting, variable }) => ({ setting, variable, message }))];
}

function problemOfUrl(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return 'is missing';
  return URL.canParse(value) && new URL(value).protocol === 'https:' ? undefined : 'must be an https URL';
}

function problemOfSecret(value: unknown): string | undefined {
  if (typeof value !== 'string' || value === '') return 'is missing (the name or ARN of a secret, or none)';
  return value.startsWith('file:') ? `must not be a file: that is for the stage ${LOCAL_STAGE} only` : undefined;
}

/** One line that names all problems by the variables of the deployment; undefined if there is none. */
export function refusalOfStage(stage: string, settings: Readonly<Record<string, unknown>>): string | undefined {
  const problems = problemsOfStage(stage, settings);
  if (problems.length === 0) return undefined;
  return `The stage ${stage} cannot be deployed: ${problems.map(({ variable, message }) => `${variable} ${message}`).join(', ')}. See docs/deployment.md.`;
}
