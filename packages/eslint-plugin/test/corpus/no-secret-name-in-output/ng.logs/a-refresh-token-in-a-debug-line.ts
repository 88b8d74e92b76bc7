import createDebug from 'debug'
const trace = createDebug('oauth')
export function refresh(session: { refreshToken: string }) {
  trace('refreshing with %s', session.refreshToken)
}
