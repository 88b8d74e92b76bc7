// @reports name
interface Store {
  read(name: string): Promise<unknown>
}
export const load = (store: Store) => store.read('OIDC_CLIENT_SECRET_FRONTEND')
