import 'uplot/dist/uPlot.min.css';
import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef } from 'react';
import UPlot from 'uplot';

export type PlotProps = {
  /** What is drawn, for those who do not see it, with the last value. */
  readonly label: string;
  /** Seconds since 1970, ascending. */
  readonly times: readonly number[];
  /** `tone`: a CSS variable of its colour. */
  readonly lines: readonly { readonly values: readonly number[]; readonly tone: string }[];
  readonly height: number;
};

/** The colour that a CSS variable has now: a canvas does not know variables. */
const colorOf = (element: Element, variable: string) => {
  const probe = document.createElement('span');
  probe.style.color = `var(${variable})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
};

function draw(host: HTMLElement, height: number, tones: readonly string[]): UPlot {
  const stroke = colorOf(host, '--mantine-color-dimmed');
  const axis = { stroke, grid: { stroke: colorOf(host, '--line'), width: 1 }, ticks: { show: false } };
  return new UPlot(
    {
      width: host.clientWidth,
      height,
      legend: { show: false },
      cursor: { show: false },
      scales: { y: { range: (_, __, most) => [0, Math.max(1, most * 1.1)] } },
      axes: [axis, { ...axis, size: 44 }],
      series: [
        {},
        ...tones.map((tone) => {
          const line = colorOf(host, tone);
          const fill = `color-mix(in srgb, ${line} 15%, transparent)`;
          return { stroke: line, fill, width: 2, points: { show: false } };
        }),
      ],
    },
    [[], ...tones.map(() => [])],
    host,
  );
}

/** The default export, for `lazy`. */
export default function Plot({ label, times, lines, height }: PlotProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(null);
  const colorScheme = useComputedColorScheme('light');
  const tones = lines.map(({ tone }) => tone).join(' ');
  // biome-ignore lint/correctness/useExhaustiveDependencies: other colours need another drawing
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const drawn = draw(element, height, tones.split(' '));
    plot.current = drawn;
    const resized = new ResizeObserver(() => drawn.setSize({ width: element.clientWidth, height }));
    resized.observe(element);
    return () => {
      resized.disconnect();
      drawn.destroy();
    };
  }, [height, colorScheme, tones]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another drawing needs the data too
  useEffect(
    () => plot.current?.setData([[...times], ...lines.map(({ values }) => [...values])]),
    [times, lines, height, colorScheme, tones],
  );
  return <div ref={host} role="img" aria-label={label} style={{ height, overflow: 'hidden' }} />;
}
