export const findToken =
  'SELECT id, secret_hash FROM tokens WHERE token_id = $1 AND revoked_at IS NULL LIMIT 1'
