/** The part of serverless-offline's runner that is replaced. It ships no types. */
declare module 'serverless-offline/lambda' {
  interface Invocation {
    setEvent(event: unknown): void;
    setClientContext(context: unknown): void;
    runHandler(): Promise<unknown>;
  }

  export default class Lambda {
    get(functionKey: string): Invocation;
  }
}
