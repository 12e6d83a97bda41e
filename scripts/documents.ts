import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { awsOfStage } from './aws.ts';

/** The tables of a stage. Destroy it after use. */
export const documentsOfStage = (stage: string): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(new DynamoDBClient({ ...awsOfStage(stage), maxAttempts: 5 }));
