export type Token =
  | { readonly kind: 'secret'; readonly secret: 'api-key' }
  | { readonly kind: 'token'; readonly token: 'bearer' }

export const token: Token = { kind: 'token', token: 'bearer' }
