import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  paginateListTables,
  RestoreTableToPointInTimeCommand,
  type TableDescription,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';

const WAIT = { maxWaitTime: 12 * 3_600, minDelay: 2, maxDelay: 30 };

/** Restores tables beside those of now. What a restore leaves out is copied from the table of now. */
export class RestoredTables {
  readonly #client: DynamoDBClient;

  constructor(aws: object) {
    this.#client = new DynamoDBClient({ ...aws, maxAttempts: 10 });
  }

  async list(pattern: RegExp): Promise<string[]> {
    const found: string[] = [];
    for await (const { TableNames = [] } of paginateListTables({ client: this.#client }, {})) found.push(...TableNames);
    return found.filter((name) => pattern.test(name));
  }

  /** Continues where a former run ended. @returns the ARN of the stream, if the table has one */
  async restore(source: string, target: string, to: Date): Promise<string | undefined> {
    const now = await this.#describe(source);
    if (now === undefined) throw new Error(`There is no table ${source}.`);
    if ((await this.#describe(target)) === undefined) {
      const names = { SourceTableName: source, TargetTableName: target };
      await this.#client.send(new RestoreTableToPointInTimeCommand({ ...names, RestoreDateTime: to }));
    }
    await this.#untilActive(target);
    await this.#protect(target, now);
    await this.#enableTimeToLive(source, target);
    await this.#enableBackups(source, target);
    return (await this.#describe(target))?.LatestStreamArn;
  }

  /** DynamoDB takes one change of a table at a time. */
  async #protect(TableName: string, now: TableDescription): Promise<void> {
    const restored = await this.#describe(TableName);
    const { DeletionProtectionEnabled = false, StreamSpecification } = now;
    if (restored?.DeletionProtectionEnabled !== DeletionProtectionEnabled) {
      await this.#client.send(new UpdateTableCommand({ TableName, DeletionProtectionEnabled }));
      await this.#untilActive(TableName);
    }
    if (StreamSpecification?.StreamEnabled && !restored?.StreamSpecification?.StreamEnabled) {
      await this.#client.send(new UpdateTableCommand({ TableName, StreamSpecification }));
      await this.#untilActive(TableName);
    }
  }

  async #enableTimeToLive(source: string, target: string): Promise<void> {
    const [now, restored] = await Promise.all([source, target].map((name) => this.#timeToLive(name)));
    if (now === undefined || restored !== undefined) return;
    const TimeToLiveSpecification = { Enabled: true, AttributeName: now };
    await this.#client.send(new UpdateTimeToLiveCommand({ TableName: target, TimeToLiveSpecification }));
  }

  /** @returns the attribute, if it is enabled */
  async #timeToLive(TableName: string): Promise<string | undefined> {
    const answer = await this.#client.send(new DescribeTimeToLiveCommand({ TableName }));
    const { TimeToLiveStatus = '', AttributeName } = answer.TimeToLiveDescription ?? {};
    return TimeToLiveStatus.startsWith('ENABL') ? AttributeName : undefined;
  }

  async #enableBackups(source: string, target: string): Promise<void> {
    const [now, restored] = await Promise.all([source, target].map((name) => this.#hasBackups(name)));
    if (!now || restored) return;
    const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
    await this.#client.send(
      new UpdateContinuousBackupsCommand({ TableName: target, PointInTimeRecoverySpecification }),
    );
  }

  async #hasBackups(TableName: string): Promise<boolean> {
    const answer = await this.#client.send(new DescribeContinuousBackupsCommand({ TableName }));
    const recovery = answer.ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
    return recovery?.PointInTimeRecoveryStatus === 'ENABLED';
  }

  async #describe(TableName: string): Promise<TableDescription | undefined> {
    try {
      return (await this.#client.send(new DescribeTableCommand({ TableName }))).Table;
    } catch (error) {
      if ((error as Error).name === 'ResourceNotFoundException') return undefined;
      throw error;
    }
  }

  #untilActive = (TableName: string) => waitUntilTableExists({ client: this.#client, ...WAIT }, { TableName });

  close(): void {
    this.#client.destroy();
  }
}
