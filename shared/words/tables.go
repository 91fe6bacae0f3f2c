package words

// The tables hold, for each character of a range, what it is compared as. Where
// that is several characters, or none, the character itself stands for it, and
// several has it. TestFoldIsNFKC holds them against golang.org/x/text.

// table is a range of characters, from its first on.
type table struct {
	first rune
	as    []rune
}

var tables = []table{
	{0x00c0, []rune(latin)},
	{0x0386, []rune(greek)},
	{0x0400, []rune(cyrillic)},
	{0x0490, []rune(cyrillicMore)},
	{0x1e00, []rune(latinMore)},
	{0x2070, []rune(scripts)},
	{0x2f00, []rune(radicals)},
	{0xf900, []rune(ideographs)},
	{0xff66, []rune(katakana)},
}

const (
	latin = "aaaaaaÆceeeeiiiidnooooo×ouuuuyÞßaaaaaaæceeeeiiiidnooooo÷ouuuuyþy" +
		"aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiĲĳjjkkĸllllllĿŀllnnnnnnŉŋŋooooooŒœrrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs" +
		"ƀƁƂƃƄƅƆƇƈƉƊƋƌƍƎƏƐƑƒƓƔƕƖƗƘƙƚƛƜƝƞƟooƢƣƤƥƦƧƨƩƪƫƬƭƮuuƱƲƳƴƵƶƷƸƹƺƻƼƽƾƿǀǁǂǃǄǅǆǇǈǉǊǋǌ" +
		"aaiioouuuuuuuuuuǝaaaaǢǣǤǥggkkooooʒʒjǱǲǳggǶǷnnaaǼǽooaaaaeeeeiiiioooorrrruuuussttȜȝhhȠȡȢȣȤȥaaeeooooooooyy"
	latinMore = "aabbbbbbccddddddddddeeeeeeeeeeffgghhhhhhhhhhiiiikkkkkkllllllllmmmmmmnnnnnnnnoooooooopppprrrrrrrr" +
		"ssssssssssttttttttuuuuuuuuuuvvvvwwwwwwwwwwxxxxyyzzzzzzhtwyẚsẜẝẞẟ" +
		"aaaaaaaaaaaaaaaaaaaaaaaaeeeeeeeeeeeeeeeeiiiioooooooooooooooooooooooouuuuuuuuuuuuuuyyyyyyyy"
	greek = "α·εηι΋ο΍υωιαβγδεζηθικλμνξοπρ΢στυφχψωιυαεηιυαβγδεζηθικλμνξοπρσστυφχψωιυουω"

	cyrillic     = "ееђгєѕііјљњћкиуџабвгдежзииклмнопрстуфхцчшщъыьэюяабвгдежзииклмнопрстуфхцчшщъыьэюяееђгєѕііјљњћкиуџ"
	cyrillicMore = "ґґғғҕҕҗҗҙҙққҝҝҟҟҡҡңңҥҥҧҧҩҩҫҫҭҭүүұұҳҳҵҵҷҷҹҹһһҽҽҿҿӏжжӄӄӆӆӈӈӊӊӌӌӎӎӏааааӕӕееәәәәжжззӡӡииииооөөөөээууууууччӷӷыы"

	scripts = "0i⁲⁳456789⁺⁻⁼⁽⁾n0123456789" // superscripts and subscripts

	radicals = "一丨丶丿乙亅二亠人儿入八冂冖冫几凵刀力勹匕匚匸十卜卩厂厶又口囗土士夂夊夕大女子宀寸小尢尸屮山巛工己巾干幺广廴廾弋弓彐彡彳心戈戶手支攴文斗斤方无日曰月木欠止歹殳毋比毛氏气" +
		"水火爪父爻爿片牙牛犬玄玉瓜瓦甘生用田疋疒癶白皮皿目矛矢石示禸禾穴立竹米糸缶网羊羽老而耒耳聿肉臣自至臼舌舛舟艮色艸虍虫血行衣襾見角言谷豆豕豸貝赤走足身車辛辰辵邑酉釆里" +
		"金長門阜隶隹雨靑非面革韋韭音頁風飛食首香馬骨高髟鬥鬯鬲鬼魚鳥鹵鹿麥麻黃黍黑黹黽鼎鼓鼠鼻齊齒龍龜龠"
	ideographs = "豈更車賈滑串句龜龜契金喇奈懶癩羅蘿螺裸邏樂洛烙珞落酪駱亂卵欄爛蘭鸞嵐濫藍襤拉臘蠟廊朗浪狼郎來冷勞擄櫓爐盧老蘆虜路露魯鷺碌祿綠菉錄鹿論壟弄籠聾牢磊賂雷壘屢樓淚漏累縷陋" +
		"勒肋凜凌稜綾菱陵讀拏樂諾丹寧怒率異北磻便復不泌數索參塞省葉說殺辰沈拾若掠略亮兩凉梁糧良諒量勵呂女廬旅濾礪閭驪麗黎力曆歷轢年憐戀撚漣煉璉秊練聯輦蓮連鍊列劣咽烈裂說廉念" +
		"捻殮簾獵令囹寧嶺怜玲瑩羚聆鈴零靈領例禮醴隸惡了僚寮尿料樂燎療蓼遼龍暈阮劉杻柳流溜琉留硫紐類六戮陸倫崙淪輪律慄栗率隆利吏履易李梨泥理痢罹裏裡里離匿溺吝燐璘藺隣鱗麟林淋" +
		"臨立笠粒狀炙識什茶刺切度拓糖宅洞暴輻行降見廓兀嗀﨎﨏塚﨑晴﨓﨔凞猪益礼神祥福靖精羽﨟蘒﨡諸﨣﨤逸都﨧﨨﨩飯飼館鶴郞隷侮僧免勉勤卑喝嘆器塀墨層屮悔慨憎懲敏既暑梅海渚漢" +
		"煮爫琢碑社祉祈祐祖祝禍禎穀突節練縉繁署者臭艹艹著褐視謁謹賓贈辶逸難響頻恵𤋮舘﩮﩯並况全侀充冀勇勺喝啕喙嗢塚墳奄奔婢嬨廒廙彩徭惘慎愈憎慠懲戴揄搜摒敖晴朗望杖歹殺流滛滋" +
		"漢瀞煮瞧爵犯猪瑱甆画瘝瘟益盛直睊着磌窱節类絛練缾者荒華蝹襁覆視調諸請謁諾諭謹變贈輸遲醙鉶陼難靖韛響頋頻鬒龜𢡊𢡄𣏕㮝䀘䀹𥉉𥳐𧻓齃龎"

	katakana = "ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン\u3099\u309a"
)

// several is what a character is compared as where that is not one.
var several = map[rune]string{
	'¼': "1⁄4", '½': "1⁄2", '¾': "3⁄4", 'ѷ': "ѵ",
	'ª': "a", '²': "2", '³': "3", '¹': "1", 'º': "o", '№': "no", 'µ': "μ",
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'þ': "th", 'ĳ': "ij", 'ŀ': "l", 'ŉ': "n",
	'ǆ': "dz", 'ǉ': "lj", 'ǌ': "nj", 'ǣ': "ae", 'ǳ': "dz", 'ǽ': "ae",
	'ﬀ': "ff", 'ﬁ': "fi", 'ﬂ': "fl", 'ﬃ': "ffi", 'ﬄ': "ffl", 'ﬅ': "st", 'ﬆ': "st",
	'ⅰ': "i", 'ⅱ': "ii", 'ⅲ': "iii", 'ⅳ': "iv", 'ⅴ': "v", 'ⅵ': "vi", 'ⅶ': "vii", 'ⅷ': "viii",
	'ⅸ': "ix", 'ⅹ': "x", 'ⅺ': "xi", 'ⅻ': "xii",
	'①': "1", '②': "2", '③': "3", '④': "4", '⑤': "5", '⑥': "6", '⑦': "7", '⑧': "8", '⑨': "9", '⑩': "10",
	'⑪': "11", '⑫': "12", '⑬': "13", '⑭': "14", '⑮': "15", '⑯': "16", '⑰': "17", '⑱': "18", '⑲': "19", '⑳': "20",
	'㎎': "mg", '㎏': "kg", '㎖': "ml", '㎜': "mm", '㎝': "cm", '㎞': "km", '㎟': "mm2", '㎠': "cm2", '㎡': "m2",
	'㎢': "km2", '㎣': "mm3", '㎤': "cm3", '㎥': "m3", '㎾': "kw", '㏄': "cc",
}
