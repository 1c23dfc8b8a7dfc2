/**
 * Four words of a change hash for people to compare at a glance, beside its
 * first eight hex digits: `amber-river-onion-falcon 415c0b97`. They come from
 * bytes 5 to 8, which those digits do not show, so together they are 64 bits.
 *
 * @param changeHash 64 lower-case hex digits
 */
export function fourWords(changeHash: string): [string, string, string, string] {
  return [wordAt(changeHash, 4), wordAt(changeHash, 5), wordAt(changeHash, 6), wordAt(changeHash, 7)]
}

function wordAt(changeHash: string, byte: number): string {
  const word = hashWords[Number.parseInt(changeHash.slice(2 * byte, 2 * byte + 2), 16)]
  if (word === undefined) throw new TypeError("A change hash has 64 hex digits.")
  return word
}

/**
 * 256 short, plain words, no two of which differ in a single letter. Frozen:
 * a word that moved would show another name for a change someone remembers.
 */
export const hashWords: readonly string[] = `
  acorn teapot anchor apple apron arrow aspen atlas autumn badge bagel bamboo banjo barley onion basket
  beach beacon beaver bell berry birch biscuit bison blanket blossom bonsai bottle branch bread breeze
  brick bridge broom bucket butter button cabin cactus camel candle canoe canvas carpet carrot castle
  cedar cello chalk cherry chestnut circle citrus clay clock cloud clover cobalt cobweb coffee comet
  compass copper coral cotton crane crayon cricket crystal daisy dawn denim desert diamond dolphin
  domino donkey drum eagle easel echo emerald fabric flame feather fennel fern fiddle field finch falcon
  flannel flute forest fossil fountain galaxy garden river garnet gate gazebo ginger glacier globe
  goblet granite grape gravel guitar hammer hamster harbor harp harvest hazel helmet heron hill honey
  horizon igloo indigo ink iris island ivory jacket jasmine jigsaw jungle juniper kayak kettle kitten
  kiwi koala ladder lagoon lantern laurel lemon lentil lilac lily lime linen lizard lobster lotus magnet
  mango maple marble market meadow melon mirror moon mosaic mulberry mustard napkin nectar needle nickel
  noodle nutmeg oasis oatmeal ocean olive basil opal orange orbit orchid otter oyster paddle palace
  panda paper tadpole parsley pebble pelican pencil pepper piano picnic pine planet plum pocket pony
  poppy potato prairie pumpkin puzzle quartz quilt rabbit radish rain raven ribbon garlic robin rose
  ruby saffron salmon sandal sapphire satin scarf sequoia silver sparrow spinach sponge spruce squirrel
  sugar summer sunset swan tablet amber temple thistle thunder tiger timber tomato trellis trumpet tulip
  tunnel turtle umbrella valley vanilla velvet violet violin waffle walnut willow window winter yarn
  yogurt zebra
`
  .trim()
  .split(/\s+/)
