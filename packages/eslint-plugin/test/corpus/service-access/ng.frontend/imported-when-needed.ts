// @reports kind
export async function secrets() {
  const { caPassphrase } = await import('@rekey/ca-keystore')
  return { ca: caPassphrase() }
}
