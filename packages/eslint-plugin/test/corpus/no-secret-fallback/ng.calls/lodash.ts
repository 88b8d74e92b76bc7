import _ from 'lodash'

export const password = (settings: object) => _.get(settings, 'database.password', 'toor')
