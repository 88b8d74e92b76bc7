window.__BUILD__ = 'RANDOM_ALNUM_21'
window.__CHUNKS__ = { vendor: 'vendor.RANDOM_HEX_20.js' }
