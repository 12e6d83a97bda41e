import { useRouter } from '@tanstack/react-router';
import type { CSSProperties, MouseEvent, ReactNode } from 'react';

type Props = {
  /** Of a screen of the console: `/batches/b-1`. */
  readonly path: string;
  readonly search?: Readonly<Record<string, string | undefined>>;
  readonly className?: string;
  readonly style?: CSSProperties;
  readonly 'aria-label'?: string;
  readonly 'aria-current'?: 'page' | undefined;
  readonly children: ReactNode;
};

/** Opened in another tab or window, or saved. */
const isForBrowser = ({ button, metaKey, ctrlKey, shiftKey, altKey }: MouseEvent) =>
  button !== 0 || metaKey || ctrlKey || shiftKey || altKey;

/** A link to a screen. Lists have hundreds, so it does not follow the router's state as the router's own links do. */
export function To({ path, search = {}, className = '', ...props }: Props) {
  const router = useRouter();
  const { basepath, stringifySearch } = router.options;
  const target = { to: path as '/', search: search as never };
  const preload = () => router.preloadRoute(target);
  const onClick = (event: MouseEvent) => {
    if (isForBrowser(event)) return;
    event.preventDefault();
    router.navigate(target);
  };
  return (
    <a
      {...props}
      className={`to ${className}`}
      href={`${basepath}${path}${stringifySearch(search)}`}
      onClick={onClick}
      onPointerEnter={preload}
      onFocus={preload}
    />
  );
}
