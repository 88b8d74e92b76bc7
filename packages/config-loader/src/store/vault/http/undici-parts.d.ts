// The parts of undici that its index is made of; that index itself would change the `fetch` of the whole process.
declare module 'undici/lib/dispatcher/agent.js' {
  export { Agent as default } from 'undici'
}
declare module 'undici/lib/core/connect.js' {
  export { buildConnector as default } from 'undici'
}
declare module 'undici/lib/api/index.js' {
  import type { Dispatcher } from 'undici'

  export const request: Dispatcher['request']
}
