// ---- a-build-id.js
window.__BUILD__ = 'RANDOM_ALNUM_21'
window.__CHUNKS__ = { vendor: 'vendor.RANDOM_HEX_20.js' }

// ---- a-checksum-of-a-download.js
module.exports = {
  url: 'https://example.com/tool.tar.gz',
  sha256: 'RANDOM_HEX_64',
}

// ---- a-commit-in-a-url
export const schema = 'https://raw.githubusercontent.com/acme/app/RANDOM_HEX_40/schema.json'

// ---- a-fingerprint
export const fingerprint = 'SHA256:RANDOM_BASE64_32'
export const thumbprint = 'RANDOM_BASE64URL_43'

// ---- a-git-commit
export const pinned = { repository: 'acme/app', commit: 'RANDOM_HEX_40' }

// ---- a-public-jwk
export const jwk = { kty: 'EC', crv: 'P-256', x: 'RANDOM_BASE64URL_43', y: 'RANDOM_BASE64URL_43' }

// ---- an-address-of-a-contract
export const tokenAddress = '0xRANDOM_HEX_40'
export const token = { address: '0xRANDOM_HEX_40', symbol: 'USDC' }

// ---- an-alphabet
export const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
export const tokenCharacters = 'ABCDEFGHJKLMNPQRSTUVWXYZ' + '23456789'

// ---- an-image
export const logo = 'data:image/png;base64,iVBORw0KGgoRANDOM_BASE64_192'

// ---- an-integrity
export const lock = {
  resolved: 'https://registry.npmjs.org/left-pad/-/left-pad-1.3.0.tgz',
  integrity: 'sha512-RANDOM_BASE64_64',
}

// ---- class-names
export const button =
  'inline-flex items-center justify-center rounded-md bg-primary px-4 py-2 text-sm font-medium'
export const tokenClass = 'token-badge__label--highlighted'

// ---- hashes
export const users = [
  { name: 'ada', passwordHash: '$2b$10$RANDOM_ALNUM_53' },
  { name: 'bob', password: '$argon2id$v=19$m=65536,t=3,p=4$RANDOM_BASE64_16$RANDOM_BASE64_32' },
]

// ---- sql
export const findToken =
  'SELECT id, secret_hash FROM tokens WHERE token_id = $1 AND revoked_at IS NULL LIMIT 1'

// ---- uuids
export const TENANT_ID = 'RANDOM_HEX_8-RANDOM_HEX_4-4RANDOM_HEX_3-aRANDOM_HEX_3-RANDOM_HEX_12'
export const NAMESPACE = '6ba7b810-9dad-11d1-80b4-00c04fd430c8'
