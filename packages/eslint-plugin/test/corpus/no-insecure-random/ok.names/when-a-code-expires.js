exports.generateOtpExpiry = () => Date.now() + 10 * 60 * 1000
