/**
 * Concurrent executions that only the authorizer and the payments of wallets may use, so that workers cannot take all of an account.
 * Off by default: a new account has 10, and cannot reserve any. `npm run sluice -- doctor` checks it.
 */
const RESERVED = ['Authorize', 'WalletsWrite'];

module.exports = async ({ resolveVariable }) => {
  const ReservedConcurrentExecutions = Number(await resolveVariable('param:reservedConcurrency'));
  if (ReservedConcurrentExecutions === 0) return {};
  const reserving = RESERVED.map((name) => [`${name}LambdaFunction`, { Properties: { ReservedConcurrentExecutions } }]);
  return { extensions: Object.fromEntries(reserving) };
};
