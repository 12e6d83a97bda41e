/** Nothing was done, for a reason that the operator can do something about. */
export class Refused extends Error {}
