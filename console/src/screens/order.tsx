import { getRouteApi } from '@tanstack/react-router';
import type { Order } from '../../../client/index.ts';
import { useResource } from '../api.ts';
import { formatCount } from '../format.ts';
import { Cents } from '../parts/cents.tsx';
import { CopyAs } from '../parts/copy-as.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Fact, Facts } from '../parts/facts.tsx';
import { Loaded, Page, Panel } from '../parts/page.tsx';
import { Time } from '../parts/time.tsx';
import { To } from '../parts/to.tsx';

const route = getRouteApi('/orders/$orderId');

const COLUMNS: readonly Column<Order['lines'][number]>[] = [
  {
    header: 'Product',
    cell: ({ product_id }) => (
      <To path={`/products/${product_id}`} className="id">
        {product_id}
      </To>
    ),
  },
  { header: 'Quantity', cell: ({ quantity }) => formatCount(quantity), isNumber: true },
  { header: 'Price of one', cell: ({ price_cents }) => <Cents of={price_cents} />, isNumber: true },
];

/** An order never changes. */
export function OrderScreen() {
  const { orderId } = route.useParams();
  const input = { params: { order_id: orderId } };
  const query = useResource('getOrder', input, { every: 60_000 });
  return (
    <Page title={orderId} actions={<CopyAs command={`orders get ${orderId}`} operation="getOrder" input={input} />}>
      <Loaded query={query}>
        {(order) => (
          <>
            <Panel title="Order">
              <Facts>
                <Fact name="Buyer">
                  <span className="id">{order.buyer_id}</span>
                </Fact>
                <Fact name="Total">
                  <strong>
                    <Cents of={order.total_cents} />
                  </strong>
                </Fact>
                <Fact name="Created">
                  <Time at={order.created_at} />
                </Fact>
              </Facts>
            </Panel>
            <DataTable
              label="Products of the order"
              columns={COLUMNS}
              rows={order.lines}
              keyOf={({ product_id }) => product_id}
              empty="It has no lines."
            />
          </>
        )}
      </Loaded>
    </Page>
  );
}
