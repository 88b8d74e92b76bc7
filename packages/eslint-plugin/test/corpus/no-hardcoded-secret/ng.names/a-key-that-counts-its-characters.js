const encryptionKey = 'SHOP_SECRET_KEY_2025_32CHARS!!'

module.exports = { encryptionKey }
