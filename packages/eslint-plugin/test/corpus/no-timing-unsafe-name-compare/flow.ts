// ---- a-digest-and-a-signature
export function check(req, body) {
  const digest = sign(body)
  return digest === req.headers['x-hub-signature'] // expect: nameCompared
}

// ---- a-digest-of-a-token
export function verify(token, expectedHash) {
  const hashed = createHash('sha256').update(token).digest('hex')
  return hashed === expectedHash // expect: nameCompared
}

// ---- a-digest-of-a-file
export function changed(file, cached) {
  const hashed = hash(readFile(file))
  return hashed !== cached.hash
}

// ---- an-etag
export function fresh(body, etag) {
  const hashed = md5(body)
  return hashed === etag
}
