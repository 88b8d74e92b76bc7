module.exports = {
  url: 'https://example.com/tool.tar.gz',
  sha256: 'RANDOM_HEX_64',
}
