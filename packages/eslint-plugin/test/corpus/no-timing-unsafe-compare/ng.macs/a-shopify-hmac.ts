import crypto from 'node:crypto'

export function isFromShopify(rawBody: Buffer, hmacHeader: string): boolean {
  const hmac = crypto.createHmac('sha256', process.env.SHOPIFY_SECRET!)
  hmac.update(rawBody)
  const generated = hmac.digest('base64')
  return generated == hmacHeader
}
