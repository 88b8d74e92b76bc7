const settings = {}
settings['encryption-key'] = 'RANDOM_BASE64_32'
module.exports = settings
