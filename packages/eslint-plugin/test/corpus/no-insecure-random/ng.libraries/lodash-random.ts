import _ from 'lodash'

export const verificationCode = () => _.random(100000, 999999).toString()
