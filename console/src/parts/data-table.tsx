import {
  createColumnHelper,
  createSortedRowModel,
  rowSortingFeature,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, type ReactNode, useMemo, useRef } from 'react';

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });

export type Column<Row> = {
  readonly header: string;
  readonly cell: (row: Row) => ReactNode;
  /** Sorts the rows that are loaded. */
  readonly sortBy?: (row: Row) => number | string;
  readonly isNumber?: boolean;
  /** Not shown on a narrow page. */
  readonly isWide?: boolean;
};

type Props<Row> = {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  readonly empty: ReactNode;
  /** Draws only the rows in view. For lists of hundreds; each row has one line. */
  readonly isLong?: boolean;
};

const ROW_HEIGHT = 38;
const LONG_HEIGHT = '34rem';

/** A list with one heading per column; headings of columns that can be sorted are buttons. */
export function DataTable<Row extends object>({ label, columns, rows, keyOf, empty, isLong = false }: Props<Row>) {
  const scroller = useRef<HTMLDivElement>(null);
  const definitions = useMemo(() => {
    const { accessor } = createColumnHelper<typeof features, Row>();
    return columns.map((column) =>
      accessor((row): unknown => column.sortBy?.(row) ?? '', {
        id: column.header,
        enableSorting: column.sortBy !== undefined,
        sortFn: (a, b, id) => compare(a.getValue(id), b.getValue(id)),
      }),
    );
  }, [columns]);
  const table = useTable({ features, columns: definitions, data: rows as Row[], getRowId: keyOf });
  const sorted = table.getRowModel().rows;
  const virtualizer = useVirtualizer({
    count: sorted.length,
    enabled: isLong,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 5,
    // Scrolling by a key moves on in each frame: a row may come one frame late.
    useFlushSync: false,
  });
  const inView = isLong ? virtualizer.getVirtualItems().map(({ index }) => index) : [...sorted.keys()];
  const above = isLong ? (inView[0] ?? 0) * ROW_HEIGHT : 0;
  const below = isLong ? (sorted.length - 1 - (inView.at(-1) ?? sorted.length - 1)) * ROW_HEIGHT : 0;
  if (rows.length === 0) return <div className="panel">{empty}</div>;
  return (
    <section
      className="table-scroll"
      ref={scroller}
      style={isLong ? { maxHeight: LONG_HEIGHT } : {}}
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls is reached by keyboard
      tabIndex={0}
    >
      <table className={isLong ? 'table virtual' : 'table'} aria-rowcount={rows.length + 1}>
        <thead>
          {table.getHeaderGroups().map(({ id, headers }) => (
            <tr key={id}>
              {headers.map(({ id: name, column }, index) => (
                <th
                  key={name}
                  scope="col"
                  className={classOf(columns[index])}
                  aria-sort={ariaSort(column.getIsSorted())}
                >
                  {column.getCanSort() ? (
                    <button type="button" onClick={column.getToggleSortingHandler()}>
                      {name}{' '}
                      <span aria-hidden="true">
                        {{ asc: '↑', desc: '↓', false: '↕' }[String(column.getIsSorted())]}
                      </span>
                    </button>
                  ) : (
                    name
                  )}
                </th>
              ))}
            </tr>
          ))}
        </thead>
        <tbody>
          {above > 0 && <tr style={{ height: above }} />}
          {inView.map((index) => {
            const row = sorted[index];
            return (
              row && (
                <RowOf
                  key={row.id}
                  row={row.original}
                  columns={columns}
                  place={index + 2}
                  height={isLong ? ROW_HEIGHT : undefined}
                />
              )
            );
          })}
          {below > 0 && <tr style={{ height: below }} />}
        </tbody>
      </table>
    </section>
  );
}

const classOf = <Row,>(column: Column<Row> | undefined) =>
  [column?.isNumber ? 'number' : '', column?.isWide ? 'wide' : ''].join(' ').trim();

type RowProps<Row> = {
  readonly row: Row;
  readonly columns: readonly Column<Row>[];
  /** Counted from 1, which the headings are. */
  readonly place: number;
  readonly height: number | undefined;
};

/** Rendered again only if the row has changed: what is read again and is unchanged is the same object. */
const RowOf = memo(function RowOf<Row>({ row, columns, place, height }: RowProps<Row>) {
  return (
    <tr aria-rowindex={place} style={{ height }}>
      {columns.map((column) => (
        <td key={column.header} className={classOf(column)}>
          {column.cell(row)}
        </td>
      ))}
    </tr>
  );
}) as <Row>(props: RowProps<Row>) => ReactNode;

const compare = (a: unknown, b: unknown) =>
  typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b));

const ariaSort = (sorted: false | 'asc' | 'desc') =>
  sorted === false ? undefined : sorted === 'asc' ? ('ascending' as const) : ('descending' as const);
