export async function callExchange(client, path) {
  const nonce = Date.now()
  return client.post(path, { nonce })
}
