let subscriptions = {}

export function subscribe(handler) {
  const token = Math.random()
  subscriptions[token] = handler
  return token
}
