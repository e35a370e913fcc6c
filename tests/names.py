"""A name that says something in each language in which a file is written."""

HOSTILE = (
    """<script>alert(1)</script><img src="x" onerror=alert(1)> &amp; ' " </style> <!-- ]]> """
    r"""$x$ \input{x} 100% {} {{ 1 }} a_b ^c ~d #e [x]* | -- ?` !` `` *b* \u2039 """
    "«name» «% x %» «# x #»\n%% for x in y\n# title\n- item\n\n\x00\x07\x1b\ud800 "
    "\u202eשלום\u202c\u2028 <é> “ß” 😀 α ²"
)
