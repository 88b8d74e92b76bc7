const wait = ((token, callbacks) => {
  globalThis.addEventListener('message', ({ data }) => data === token && callbacks.shift()())
  return (callback) => {
    callbacks.push(callback)
    globalThis.postMessage(token, '*')
  }
})(`shop@${Math.random()}`, [])

module.exports = wait
