const raw = new TextEncoder().encode('RANDOM_ALNUM_20')

export const hmacKey = await crypto.subtle.importKey(
  'raw',
  raw,
  { name: 'HMAC', hash: 'SHA-256' },
  false,
  ['sign'],
)
