// The part of undici that is used; its index would change the `fetch` of the whole process.
declare module 'undici/lib/dispatcher/agent.js' {
  export { Agent as default } from 'undici'
}
