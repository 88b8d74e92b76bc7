function getApiKey() {
  return 'RANDOM_ALNUM_40'
}

module.exports = { getApiKey }
