/** For how long owners and admins are told on every page that an epoch began. */
export const toldDays = 7

/** What a restored database said and did, in the words of its leaf. */
export const newEpoch = "new_epoch"
