export async function verify(body: string, header: string, key: CryptoKey): Promise<boolean> {
  const signed = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(body))
  const computedSignature = Buffer.from(signed).toString('hex')
  return computedSignature === header.split('=')[1]
}
