module.exports.signer = {
  pem: '-----BEGIN RSA PRIVATE KEY-----\nRANDOM_BASE64_120\n-----END RSA PRIVATE KEY-----\n',
}
