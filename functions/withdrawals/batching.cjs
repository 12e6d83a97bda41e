/** Withdrawals per invocation. Lambda requires a batching window above 10: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html */
const WITHOUT_WINDOW = 10;
const MOST = 1_000;
const WINDOW_SECONDS = 1;

module.exports = async ({ resolveVariable }) => {
  const text = await resolveVariable("env:WITHDRAWAL_BATCH_SIZE, '10'");
  const size = Number(text);
  if (!Number.isInteger(size) || size < 1 || size > MOST) {
    throw new Error(`WITHDRAWAL_BATCH_SIZE must be a whole number from 1 to ${MOST}, not ${text}.`);
  }
  return { size, window: size > WITHOUT_WINDOW ? WINDOW_SECONDS : 0 };
};
