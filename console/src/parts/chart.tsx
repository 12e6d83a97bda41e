import { Skeleton } from '@mantine/core';
import { lazy, Suspense } from 'react';
import type { PlotProps } from './plot.tsx';

const Plot = lazy(() => import('./plot.tsx'));

/** A value over time. The library that draws it is loaded with the first chart. */
export const Chart = (props: PlotProps) => (
  <Suspense fallback={<Skeleton height={props.height} />}>
    <Plot {...props} />
  </Suspense>
);
