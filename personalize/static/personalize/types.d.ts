/** The types of the tracker: what `window.personalize` offers a page, and what a module is given. */

type Properties = Record<string, unknown>;

interface Options {
  context?: Properties;
}

type Named = (id: string | null, traits?: Properties, options?: Options) => void;
type Emit = (type: string, fields: Properties, options?: Options) => void;

interface Personalize {
  /** `page(category?, name?, properties?, options?)`, as in the Segment spec. */
  page(...args: any[]): void;
  track(event: string, properties?: Properties, options?: Options): void;
  identify: Named;
  group: Named;
  alias(userId: string, previousId?: string): void;
  /** Send what waits, then forget what is stored in this browser. */
  reset(): void;
  /** Without an argument: the purposes granted now. With one: record the choice, then act on it. */
  consent(choice?: Record<string, boolean>): Promise<string[]>;
  /** Look for new async slots, after the page changed itself. */
  refresh(): void;
  /** Run `[method, …arguments]`; a method that a module brings waits for the module. */
  push(command: [string, ...any[]]): void;

  // Brought by modules/commerce.js
  cart?: Changes & { view(products: Product[], cart?: Properties): void };
  wishlist?: Changes;
  checkout?: { start(order: Order): void };
  order?: { complete(order: Order & { order_id: string }): void };
  // Brought by modules/share.js
  share?(content: ShareData, properties?: Properties): Promise<void>;
}

interface Changes {
  add(product: Product): void;
  remove(product: Product): void;
}

interface Product extends Properties {
  product_id: string;
  name?: string;
  category?: string;
  price?: number;
  quantity?: number;
}

interface Order extends Properties {
  products: Product[];
  order_id?: string;
  total?: number;
  currency?: string;
}

/** What a module's default export is called with. */
interface Kit {
  api: Personalize;
  /** Listen in the capture phase, whatever the page does with the event; an error stays inside. */
  on(target: EventTarget, type: string, listener: (event: any) => unknown): void;
  /** The same function, with its errors kept from the page. */
  safe<F extends (...given: any[]) => any>(work: F): F;
  /** The path of the view that events belong to, which the address may be ahead of. */
  path(): string;
  /** To be called when the visitor leaves: with true, for another page of this document. */
  departures: ((isMoved: boolean) => void)[];
  /** What `data-pz-props` of an element says. */
  properties(element: Element): Properties;
}

interface Window {
  personalize?: any;
  analytics?: any;
  dataLayer?: any[];
}

interface Navigator {
  globalPrivacyControl?: boolean;
}

interface Document {
  prerendering?: boolean;
}
