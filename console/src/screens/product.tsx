import { getRouteApi } from '@tanstack/react-router';
import { useResource } from '../api.ts';
import { formatCount } from '../format.ts';
import { Cents } from '../parts/cents.tsx';
import { CopyAs } from '../parts/copy-as.tsx';
import { Fact, Facts } from '../parts/facts.tsx';
import { Loaded, Page, Panel } from '../parts/page.tsx';
import { Time } from '../parts/time.tsx';

const route = getRouteApi('/products/$productId');

export function ProductScreen() {
  const { productId } = route.useParams();
  const input = { params: { product_id: productId } };
  const query = useResource('getProduct', input, { every: 2_000 });
  return (
    <Page
      title={productId}
      actions={<CopyAs command={`products get ${productId}`} operation="getProduct" input={input} />}
    >
      <Loaded query={query}>
        {({ name, price_cents, stock, initial_stock, sold, created_at }) => (
          <Panel title={name}>
            <Facts>
              <Fact name="In stock">
                <strong>{formatCount(stock)}</strong> of {formatCount(initial_stock)}
              </Fact>
              <Fact name="Sold">{formatCount(sold)}</Fact>
              <Fact name="Price">
                <Cents of={price_cents} />
              </Fact>
              <Fact name="Created">
                <Time at={created_at} />
              </Fact>
            </Facts>
          </Panel>
        )}
      </Loaded>
    </Page>
  );
}
