/** Nothing was done, for a reason that an operator can resolve. */
export class Refused extends Error {}
