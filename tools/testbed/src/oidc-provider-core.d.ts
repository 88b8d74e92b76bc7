/** The file that `oidc-provider` re-exports; the package's types know the front door only. */
declare module 'oidc-provider/lib/provider.js' {
  export { Provider } from 'oidc-provider'
}
