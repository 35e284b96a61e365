/**
 * The 2,048 words of an invite by words, by their numbers. The same list in every language of the interface: the two who
 * use it may have different ones, and a word's number is part of what they agree on, so this list never changes.
 *
 * Chosen for the ear: 4 to 8 letters, common in speech, no homophone of another common word, no second spelling, nothing
 * unpleasant to say to a friend; any two differ by two letters and, in the CMU Pronouncing Dictionary, by two sounds, and
 * by their first five letters; none is the beginning of another. `spoken-words.test.ts` holds what letters can show. Drawn from BIP-39's English list
 * (MIT), the EFF's large wordlist (CC BY 3.0 US, Electronic Frontier Foundation) and words of our own.
 */
const LIST = `
  abandon abdomen ability abnormal about above abroad absent absolute absorb abstract absurd accent access
  accident account accurate achieve acid acorn acoustic acquire acre acrobat across action activity actor
  actress adapt admit adult advance advice afford afloat afraid again agency agenda agent agree ahoy
  airport alarm album alert algebra alien alive allow almanac almighty almond almost alone alpha alright
  also alumni always amateur amaze amazing amber ambition ambush amnesty among amulet amused analyst
  anatomy anchor ancient angle animal announce another answer antenna anthem antidote antique antler anvil
  anybody anyone anytime anyway anywhere apart apology apostle appear appendix appetite applause apple
  approve apricot april aqua archer arctic area argue armchair army aroma around arrive artist artwork
  aside aspect aspen aspirin asset assist assume athlete atlantic attach attempt attend attic attire
  attitude attract audience audit august auto avenue average aviation avocado avoid awaken aware away
  awesome awkward awoke baboon baby bachelor backpack backside backup backyard bacon badge bagel baggage
  bakery balance balcony bamboo banana banjo banner barbecue bargain barley barrel basement basic basket
  battery because beehive before begin behave behind believe bench benefit best better between beyond
  bicycle billiard biology bird black blame blanket blast bleach blender bless blind blizzard blossom
  bluff blunt blur boat body boil bonfire bonnet bonus book booth boring borrow bottle bounce bouquet
  boxcar boxer bracelet bracket bramble brand brave brethren brewery bridge brief bright brittle broccoli
  broken bronco bronze brooch brother brown brush budget buffalo buffer buggy bugle build bulb bulldog
  bumper bundle bungalow burden bureau busboy business busy buzz cabin cactus cadet calcium calendar call
  camera camp canal candle candy canine canister cannot canoe canopy canteen canvas canyon capable
  capacity captain captive capture caramel caravan carbon cardigan caress cargo carnival carousel carpet
  carrot cartoon cashew cashmere casino castle casual catalyst catch category caterer cauldron cautious
  cavalry caviar ceiling celery cement census century ceramic ceremony certain chair chamber champion
  change chant chapter charcoal chariot charm chemist chemo chestnut chicken chief child chimney chisel
  chitchat choice chop chosen chowder chronic chuckle chug cigar cinnamon circle circular citation citizen
  city civil clarify class clay clean clever client cliff climate climb clinic clock closet closure cloth
  club clump cluster cobweb coconut code coffee collar collect colony colossal column combine comfort
  comic comment common company compound computer comrade concert conclude concrete conduct confetti
  confirm conflict confront congress consent consider console constant consult contact contest control
  convince cookie corduroy corner coronary corral correct corridor cost cottage cougar country couple
  courier cousin cradle crank crash crater crayon crazy create credit creek crescent crib cricket crimson
  crisp criteria critic crocus croquet crouch crouton crowbar crucial crumble crunch crystal cubicle
  cucumber culture cupboard cupcake cupid curious current curve cushion custom cute cylinder daffodil
  daisy dance dart dash data daughter daybreak daylight daytime deacon dealer dean debate decaf december
  decent decide decipher decline decorate decrease defender definite defy degree delay delicate deliver
  delta deluxe demand democrat denial denim density dentist depart depend deploy deposit deprive depth
  deputy derby describe deserve design desk despite destiny detail detect develop device devious devotion
  diabetic diagram diamond diary dice dictate diesel diet digital dignity dilemma dingo dinner dinosaur
  diploma disagree disarm disclose discover discuss disobey disorder dispatch dispense display disposal
  distance distinct district ditto divert division document doll dolphin domain domestic domino donate
  doodle door dosage double dowel draft dragon drama drastic dream dreary dress drill drink driven drizzle
  drop drove drummer duchess duck dude dugout duration during duty dwarf dynamic dynasty eager early earth
  easiest easily easy eaten ebony echo eclipse economy edge edit educate effort eggnog eject elbow elder
  electric elephant elevator eleven eligible elite elope else elusive elves email embark embassy emblem
  embrace emerald emperor employ enable enamel encore endanger endless endorse energy engage engine
  enhance enjoy enlist enough enroll ensure enter entire entity entry envelope envy epic epiphany episode
  equal equation equity erase erosion errand erratic escape eskimo espresso essay essence estate estimate
  eternal ethics evacuate evasive everyone evidence exact example exchange excite exclude excuse execute
  exhale exhibit exile exist exorcism exotic expand expect explain explicit explore exposure express
  extend exterior extra eyebrow fabric fabulous face facial facility faculty falcon false family famous
  fanatic fancy fashion father faucet feature february federal feeble feel feisty felt feminist fence
  fender ferris festival fetch fiction fidelity fiesta fifteen fifth figure film filter final finance find
  finger finish fire first fiscal flag flamingo flannel flashy flattery flight flint flip floor floss
  fluid flush focus fold follow foot forest forget fortune forum forward fossil foster fracture fragile
  fragment frame frantic freckle freedom freeway frenzy frequent fresh friday friend frisbee frog front
  frosty frozen fruit future gadget galaxy gallery gallon gamma garage garden gargoyle garland garlic
  garment garnet garter gazelle general genius genre genuine geometry geranium gesture getaway geyser gift
  gigantic giggle gigolo giraffe girl gizmo glacier glad glance glare glider glimpse glitch glitter globe
  glorious glory glucose glue goblet goes goldfish gondola good gopher gorgeous gorilla govern grab
  gracious graduate graffiti grandma grant grasp gravity gravy great green grocery group grow guess
  guidance guitar gulf guru guzzler gymnast habitat haircut half hallway hamlet hammer hammock hamster
  handbag handler handyman happiest happy hard harmony harvest hasty hatchet hayloft hazel head heavy
  hedgehog height helium helmet help heritage heron herself hesitate hickory hidden hill hint history
  hockey holiday holster home honey horizon horse hospital hotel hubcap huge hulk human humble humility
  hummus humorous hundred hunter hurdle hurry hush hyacinth hybrid hydrogen hypnotic iceberg icon idea
  identify ignition illusion image imitate immature immense imminent immortal immune impact imperial
  implant impolite impound improve impulse inch include income increase index indicate indigo indoor
  industry infant inform inhale inherit initial innocent input inquiry insect inside inspire install
  intact interest into invest invite involve island isolate issue item ivory jacket jackpot jaguar janitor
  january jasmine jazz jelly jiffy jigsaw join joke jolt journey joyous judge judicial juice jukebox jumbo
  jump junction jungle juniper junk jury just juvenile kangaroo karaoke karate karma kayak keep kennel
  kerosene ketchup keyhole kimono kingdom kiosk kitchen kiwi knapsack knock koala ladle lady lagoon
  lamppost landfill landlord language lantern laptop large lasso later latin laundry lava lavender leader
  leather lecture left legacy legal legend lemonade lend length leopard lesson lettuce level leverage
  liberty library like lilac limit linen lion liquid little lobster local locker logic long lottery loud
  lounge love lucky luggage lullaby lunar lunch luxury lyrics macaroni machine magazine magic magnet
  magpie mailbox majesty major make mammal manage manatee mandate mandolin manicure manual many maple
  maraca marathon marble march margin marigold marine marital market mask massive master material math
  matrix mattress maturity maximum mayday meadow measure mechanic media melody melon member memory mention
  menu merchant mercury merge mermaid mesh message meteor method middle midnight milk million mimic
  mineral minimum minute miracle mirror miss mistake mitten mixed mixture moccasin modify module molasses
  molecule moment monarch monday monitor monkey monsoon month monument moonlit moral mortar mortuary
  mosaic mosquito motion motive motor motto mountain movie much muffin mulberry mule multiple mummy muscle
  museum mushroom music mustard mutation mutual myself naive name nanny napkin narrow nation nature
  navigate navy nearby nearest nebula necklace nectar needle negative neither neon nephew network neutral
  never news nickel nickname nicotine nifty nineteen ninja ninth noble nominee normal north notable
  notebook nothing notice novel nugget number numerous nurse nutmeg nylon oasis oatmeal obedient obey
  obituary oblige oblivion obscure observe obsolete obstacle obtain obvious occupy october octopus offer
  office often ointment olympic omega ominous onboard once onion online only onstage oops open opera
  opinion opponent opposite option orange orbit orchard orchid order ordinary organ orient origami
  original ornament ostrich other outbreak outcast outcome outdoor outer outfit outlet outline outlook
  outpost output outside outward oval over oxford oxygen oyster ozone pacific padlock pagan page palm
  pamphlet pancake panda panel panther papaya paper paprika parade parcel parent park parsley partner
  party pass pasta pastry patient patio patriot patrol pattern pavement pavilion payback paycheck payroll
  peacock peanut peculiar pedal pedestal pelican pencil pendant penguin pentagon people perceive perfect
  perfume permit person petunia phantom phoenix phone photo physical piano picnic picture pigeon pillow
  pilot pink pioneer pipe piston pizza place planet plank plastic platform platinum platter plaza please
  pledge plenty plug plywood pocket podium poem point polar police polish polka pony popcorn popsicle
  popular porch portal portion portrait position possible postcard posture potato power prairie precinct
  predict prefer premium prepare present presume pretty pretzel prevail previous price primary princess
  priority private probe problem process prodigy produce profile profound progress promote pronto proof
  property propose prosper protect proud proven provide public pudding pull pumpkin pupil puppet puppy
  purity purpose pursuit puzzle pyramid quadrant quality quantum quarry quarter question quick quilt
  quiver quote rabbit raccoon racism rack radar radio radish railroad railway rainbow raisin ranch random
  ranger rapid raven ravine reaction ready reason reborn rebound rebuild recall receive recess recipe
  recital reclaim record recovery recycle referee refill reflect reform refrain refresh refund regime
  register regroup regular reindeer rejoice relative relax release relish relive reload rely remain remark
  rematch remedy remember remind remove renegade renew renounce rent reopen repair repeat rephrase report
  request require rescue research resemble resident resource respect response result rethink retire
  retreat return reunion reveal revenue review rewrite rhubarb rhythm rich riddance ride ripple risk
  ritual rival river robin robust romance rooftop room rooster rope rosemary rosy rotate roulette routine
  rowboat royal rubber ruby rucksack ruckus rundown runway rural rustic sabbath saddle safari saffron
  sailor salami saline salmon salsa salute salvage sanctity sandbox sandwich sapphire sardine satisfy
  saturday sauce sauna sausage save sawdust scallop scanner scarce scarf scarlet schedule scheme school
  science scissors scooter scope scout scrabble scratch screen script scroll scrub scuba sculptor search
  seat second secret section security seesaw segment seldom self semester seminar senator sentence
  sequence series service sesame settle seven shabby shadow shaft shaky shampoo shamrock shelter sherbet
  sheriff shield shindig shine ship shirt shortcut shoulder shovel shrimp shutter sidewalk sierra signal
  silent silicon silver similar simple since single siren sitcom sixteen sixth skeleton sketch skies
  skillet skin skylark slab slate sleep slept slide slipper slogan slow small smith smoke smooth snap
  sneeze sniff snorkel snowman social soda soldier solid solution solve someone soon soprano sort south
  space spaniel sparrow spatula speak special spectrum spell spend sphere spider spinach spindle spiral
  spirit splendid splinter split spoken sponge sponsor spot spray spread spring squad square squeeze
  squirrel stadium stallion stamina stamp stand stapler starfish starship start stash static statue stay
  steeple stencil step stereo still stock stomach stone storage story stranger strategy stream strength
  stretch strict strike strong student studio study stuff subject sublime submit subway success sudden
  suffice sugar suggest suitcase summer sundial sunlight sunset super supply support supreme sure surfer
  surplus survey survive sushi suspense sustain swallow sweater swift swim swipe swore sycamore sympathy
  symphony syrup system table tackle taco tactical tadpole talent talisman talk tango tape target taste
  tattoo tavern taxi teach teacup teapot tell temple tenant tennis terrier text thank theme then thermal
  thesis thigh thimble thing thirteen thorn thought thousand thread three thrive thursday thus tiara
  ticket tiger tilt timber time timid tinker tiny toaster toboggan today toddler tofu together token
  tomorrow tonight toolbox topaz topic topple tornado total toward toymaker tractor traffic train trance
  transfer trapeze trapper travel treasure trellis triage trial triangle tribute trigger trinity trip
  triumph trivial trolley trombone trophy tropical trough trout truck true truffle trumpet trust tube
  tugboat tuition tulip tuna tundra tunic tunnel turbine turkey turn tutor tuxedo twelve twenty twice
  twilight twin twirl twist typical typist ukulele ultimate umbrella uncanny uncle uncommon uncover under
  unfair unfold unheard unicorn uniform unique unit universe unknown unleash unless unlock unpack unreal
  unseen until unusual unveil unworthy update upgrade uphold upon upstate uptight uptown upward urban
  usage used useful usual utility utmost vacation vacuum valiant valid valley value vanilla vanish variety
  various varsity vascular vast vault vehicle velocity velvet venture venus veranda verdict verify version
  versus vertical very vessel veteran viable vibrant vicinity victory video view village vineyard vintage
  violet virtual visa visible visit visual vital vivid volcano voltage volume voyage wafer waffle wagon
  wallet walrus want wardrobe warm washer washroom wealth weaver wedding weekend welcome whale what
  whisper whistle wicker width wigwam wildcat wilder wildlife windmill window winter wireless wisdom wish
  witness wizard wolf woman wombat work world wreath wrinkle yacht yarn year yellow yoga yogurt yonder
  young zebra zeppelin zero zigzag zipper zodiac
`;

export const SPOKEN_WORDS: readonly string[] = LIST.trim().split(/\s+/);
